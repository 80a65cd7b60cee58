-- Replace the snapshot of a stream and append frames, if the snapshot is of the version that the
-- process decided on. This is a compare-and-swap: of two processes that decide on the same version
-- one wins, and the other gets what holds now.
-- ARGV: process, sequence number, version decided on, new version, snapshot, frames, their count,
--       flags, bytes held at most, milliseconds to live,
--       how many components the process claims, their names, and the names of the lost components
local writer, sequence, old, version, snapshot, frames = unpack(ARGV, 1, 6)
local count, flags, limit, life = ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])

local kept = redis.call('HMGET', state, 'version', 'last', 'held', 'bytes', 'w:' .. writer)
if not kept[1] and old ~= '0' then
    return {now, 'missing'}
end
-- A repeat of a commit that was done, whose answer got lost. It has won already. This must come
-- before the comparison of versions, in which a repeat would lose against itself.
if tonumber(kept[5] or 0) >= tonumber(sequence) then
    return {now, 'won', kept[4] or '0'}
end
if (kept[1] or '0') ~= old then
    return {now, 'lost', redis.call('HGETALL', state)}
end

local last, held = (kept[2] or 0) + count, (kept[3] or 0) + #frames
if old == '0' then
    local _, stop = string.find(frames, '\n\n', 1, true)
    redis.call('HSET', state, 'first', string.sub(frames, 1, stop or 0))
end
redis.call('XADD', log, last .. '-' .. version, 'frames', frames, 'flags', flags)
local changes = {'version', version, 'snapshot', snapshot, 'flags', flags, 'last', last,
    'held', trimmed(held, limit), 'at', now, 'w:' .. writer, sequence, 'until', live(life)}
local claimed = tonumber(ARGV[11])
for index = 12, #ARGV do
    changes[#changes + 1] = (index < 12 + claimed and 'o:' or 'x:') .. ARGV[index]
    changes[#changes + 1] = index < 12 + claimed and writer or 1
end
redis.call('HSET', state, unpack(changes))
return {now, 'won', kept[4] or '0'}
