-- Append frames to a stream that has not ended, and count them for their components.
-- Without a frame the call is a sign of life. In both cases the process takes over the components
-- that it names, and the version grows with each that had another process: a decision that was
-- made with the old process in mind has to be made again.
-- ARGV: process, sequence number, frames, their count, bytes held at most, milliseconds to live,
--       and for each component: name (empty for none), frames, bytes, note (empty for none)
local writer, sequence, frames = ARGV[1], ARGV[2], ARGV[3]
local count, limit, life = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local fields = {'version', 'flags', 'last', 'held', 'frames', 'bytes', 'w:' .. writer, 'until', 'since'}
for index = 7, #ARGV, 4 do
    for _, kind in ipairs({'o:', 'x:', 'f:', 'b:'}) do
        fields[#fields + 1] = kind .. ARGV[index]
    end
end
local kept = redis.call('HMGET', state, unpack(fields))
local version, total = kept[1], tonumber(kept[6] or 0)
if not version then
    return {now, 'missing'}
end
-- A repeat of a batch that was done, whose answer got lost. Numbers of a process only grow, because
-- it has one operation of a stream under way at a time.
if tonumber(kept[7] or 0) >= tonumber(sequence) then
    return {now, 'done', total}
end
if string.find(kept[2], 'e', 1, true) then
    redis.call('HINCRBY', state, 'late', count)
    return {now, 'ended', total}
end
-- A component that was given up as lost stays lost: its process may live on behind a cut network.
-- The whole batch is refused with the name; the process sends the rest of it again.
for index = 0, (#ARGV - 6) / 4 - 1 do
    if kept[11 + 4 * index] then
        redis.call('HINCRBY', state, 'late', ARGV[8 + 4 * index])
        return {now, 'fenced', total, ARGV[7 + 4 * index]}
    end
end

local changes = {'w:' .. writer, sequence}
local function set(field, value)
    changes[#changes + 1] = field
    changes[#changes + 1] = value
end
for index = 0, (#ARGV - 6) / 4 - 1 do
    local name, sent, size, note = unpack(ARGV, 7 + 4 * index, 10 + 4 * index)
    local owner, _, sent_before, size_before = unpack(kept, 10 + 4 * index, 13 + 4 * index)
    total = total + size
    if name == '' then
        set('anyone', now)
    else
        set('f:' .. name, (sent_before or 0) + sent)
        set('b:' .. name, (size_before or 0) + size)
        set('t:' .. name, now)
        if note ~= '' then
            set('n:' .. name, note)
        end
        if owner ~= writer then
            set('o:' .. name, writer)
            version = version + 1
        end
    end
end
set('version', version)
if count > 0 then
    local last, held = kept[3] + count, kept[4] + #frames
    redis.call('XADD', log, last .. '-' .. version, 'frames', frames)
    set('last', last)
    set('held', trimmed(held, limit))
    set('frames', (kept[5] or 0) + count)
    set('bytes', total)
    set('at', now)
    if not kept[9] then
        set('since', now)
    end
end
-- PEXPIRE at each batch would cost two more calls: do it when half of the life is over.
if ((kept[8] or 0) - time[1]) * 2000 < life then
    set('until', live(life))
end
redis.call('HSET', state, unpack(changes))
return {now, 'done', total}
