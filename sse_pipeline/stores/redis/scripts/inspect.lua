-- How much is kept of a stream, and its last entries, the newest first.
-- ARGV: the most entries
local kept = redis.call('HMGET', state, 'version', 'last', 'held')
if not kept[1] then
    return {now, 'missing'}
end
return {now, 'done', kept[2], kept[3], redis.call('XREVRANGE', log, '+', '-', 'COUNT', ARGV[1])}
