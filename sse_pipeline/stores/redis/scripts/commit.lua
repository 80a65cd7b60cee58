-- Replace a stream's snapshot, if it is of the version that was decided on, and append frames.
-- KEYS: state, log
-- ARGV: writer, sequence number, version decided on, new version, snapshot, frames, their count,
--       flags, bytes held at most, milliseconds to live,
--       how many components the writer claims, their names, and the names of those that were lost
local state, log = KEYS[1], KEYS[2]
local writer, sequence, old, version, snapshot, frames = unpack(ARGV, 1, 6)
local count, flags, limit, life = tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9]), ARGV[10]
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

local kept = redis.call('HMGET', state, 'version', 'last', 'held', 'bytes', 'w:' .. writer)
if not kept[1] and old ~= '0' then
    return {now, 'missing'}
end
if tonumber(kept[5] or 0) >= tonumber(sequence) then
    return {now, 'won', kept[4] or '0'}
end
if (kept[1] or '0') ~= old then
    return {now, 'lost', redis.call('HGETALL', state)}
end

local last = tonumber(kept[2] or 0)
if last == 0 then
    local _, stop = string.find(frames, '\n\n', 1, true)
    redis.call('HSET', state, 'first', string.sub(frames, 1, stop or 0))
end
last = last + count
local held = tonumber(kept[3] or 0) + #frames
redis.call('XADD', log, last .. '-' .. version, 'frames', frames, 'flags', flags)
while held > limit do
    local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 2)
    if #oldest < 2 then
        break
    end
    held = held - #oldest[1][2][2]
    redis.call('XDEL', log, oldest[1][1])
end
redis.call('HSET', state, 'version', version, 'snapshot', snapshot, 'flags', flags, 'last', last,
    'held', held, 'at', now, 'w:' .. writer, sequence)

local claimed = tonumber(ARGV[11])
for index = 12, 11 + claimed do
    redis.call('HSET', state, 'o:' .. ARGV[index], writer)
end
for index = 12 + claimed, #ARGV do
    redis.call('HSET', state, 'x:' .. ARGV[index], 1)
end
redis.call('PEXPIRE', state, life)
redis.call('PEXPIRE', log, life)
return {now, 'won', kept[4] or '0'}
