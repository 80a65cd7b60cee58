-- Replace the snapshot of a stream and append frames, if the snapshot is of the version that the
-- process decided on. This is a compare-and-swap: of two processes that decide on the same version
-- one wins, and the other gets what holds now.
-- ARGV: process, sequence number, version decided on, new version, snapshot, frames, their count,
--       flags, bytes held at most, milliseconds to live, PUBLISH or SPUBLISH,
--       the channel of the batches, the channel of the flags (empty if they do not change),
--       bytes of content kept at most, the names of the events that are content,
--       how many counts the frames lack, and for each the length of the frames before it and its field,
--       how many components the process claims, their names, and the names of the lost components
local writer, sequence, old, version, snapshot, frames = unpack(ARGV, 1, 6)
local count, flags, limit, life = ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])

local kept = redis.call('HMGET', state, 'version', 'last', 'held', 'bytes', 'w:' .. writer, 'frames')
if not kept[1] and old ~= '0' then
    return {now, 'missing'}
end
-- The terminal frame says what each component has sent. Frames may have come since the decision.
local counts, pieces, start, claims = {}, {}, 1, 17 + 2 * tonumber(ARGV[16])
for index = 17, claims - 1, 2 do
    local before = tonumber(ARGV[index])
    counts[#counts + 1] = redis.call('HGET', state, ARGV[index + 1]) or '0'
    pieces[#pieces + 1] = string.sub(frames, start, before)
    pieces[#pieces + 1] = counts[#counts]
    start = before + 1
end
frames = table.concat(pieces) .. string.sub(frames, start)
-- A repeat of a commit that was done, whose answer got lost. It has won already. This must come
-- before the comparison of versions, in which a repeat would lose against itself.
if tonumber(kept[5] or 0) >= tonumber(sequence) then
    return {now, 'won', kept[4] or '0', kept[6] or '0', counts}
end
if (kept[1] or '0') ~= old then
    return {now, 'lost', redis.call('HGETALL', state)}
end

local last, held = (kept[2] or 0) + count, (kept[3] or 0) + #frames
if old == '0' then
    local _, stop = string.find(frames, '\n\n', 1, true)
    redis.call('HSET', state, 'first', string.sub(frames, 1, stop or 0), 'content', ARGV[15])
end
local id = last .. '-' .. version
redis.call('XADD', log, id, 'frames', frames, 'flags', flags)
local changes = {'version', version, 'snapshot', snapshot, 'flags', flags, 'last', last,
    'held', trimmed(held, limit, tonumber(ARGV[14])), 'at', now, 'w:' .. writer, sequence, 'until', expiry(life)}
local lost = claims + 1 + tonumber(ARGV[claims])
for index = claims + 1, #ARGV do
    changes[#changes + 1] = (index < lost and 'o:' or 'x:') .. ARGV[index]
    changes[#changes + 1] = index < lost and writer or 1
end
redis.call('HSET', state, unpack(changes))
live(life)
publish(ARGV[11], ARGV[12], id .. ' ' .. flags .. '\n' .. frames)
if ARGV[13] ~= '' then
    publish(ARGV[11], ARGV[13], flags)
end
return {now, 'won', kept[4] or '0', kept[6] or '0', counts}
