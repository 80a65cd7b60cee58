-- How much is kept of a stream, and its last entries, the newest first.
-- KEYS: state, log
-- ARGV: the most entries
local state, log = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local kept = redis.call('HMGET', state, 'version', 'last', 'held')
if not kept[1] then
    return {now, 'missing'}
end
return {now, 'done', kept[2], kept[3], redis.call('XREVRANGE', log, '+', '-', 'COUNT', ARGV[1])}
