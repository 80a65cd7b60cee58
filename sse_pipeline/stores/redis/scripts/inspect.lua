-- Return the number of the last frame, the bytes held, and the last entries, the newest first.
-- ARGV: how many entries at most
local kept = redis.call('HMGET', state, 'version', 'last', 'held')
if not kept[1] then
    return {now, 'missing'}
end
return {now, 'done', kept[2], kept[3], redis.call('XREVRANGE', log, '+', '-', 'COUNT', ARGV[1])}
