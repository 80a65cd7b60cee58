-- Append frames to a stream that has not ended, count them for their components, and publish them.
-- Without a frame the call is a sign of life. In both cases the process takes over the components
-- that it names, and the version grows with each that had another process: a decision that was
-- made with the old process in mind has to be made again.
-- ARGV: process, sequence number, frames, their count, bytes held at most,
--       milliseconds to live (0 if the process has seen to it lately), PUBLISH or SPUBLISH,
--       the channel of the batches, the components of the frames, bytes of content kept at most,
--       and for each component: name (empty for none), frames, bytes, note (empty for none)
local writer, sequence, frames = ARGV[1], ARGV[2], ARGV[3]
local count, life = tonumber(ARGV[4]), tonumber(ARGV[6])

-- Each frame pays for each field: read and write no more than the step needs.
local fields = {'version', 'flags', 'last', 'held', 'frames', 'bytes', 'w:' .. writer}
for index = 11, #ARGV, 4 do
    local name, size = ARGV[index], #fields
    fields[size + 1], fields[size + 2] = 'o:' .. name, 'x:' .. name
    fields[size + 3], fields[size + 4] = 'f:' .. name, 'b:' .. name
end
local kept = redis.call('HMGET', state, unpack(fields))
local version, flags, total = kept[1], kept[2], kept[6] or 0
if not version then
    return {now, 'missing'}
end
-- A repeat of a batch that was done, whose answer got lost. Numbers of a process only grow, because
-- it has one operation of a stream under way at a time.
if tonumber(kept[7] or 0) >= tonumber(sequence) then
    return {now, 'done', total, flags}
end
if string.find(flags, 'e', 1, true) then
    redis.call('HINCRBY', state, 'late', count)
    return {now, 'ended', total, flags}
end
-- A component that was given up as lost stays lost: its process may live on behind a cut network.
-- The whole batch is refused with the name; the process sends the rest of it again.
for index = 11, #ARGV, 4 do
    if kept[index - 2] then
        redis.call('HINCRBY', state, 'late', ARGV[index + 1])
        return {now, 'fenced', total, flags, ARGV[index]}
    end
end

local changes = {fields[7], sequence}
local function set(field, value)
    local size = #changes
    changes[size + 1], changes[size + 2] = field, value
end
for index = 11, #ARGV, 4 do
    local name, sent, size, note = unpack(ARGV, index, index + 3)
    total = total + size
    if name == '' then
        set('anyone', now)
    else
        set('f:' .. name, (kept[index - 1] or 0) + sent)
        set('b:' .. name, (kept[index] or 0) + size)
        set('t:' .. name, now)
        if note ~= '' then
            set('n:' .. name, note)
        end
        if kept[index - 3] ~= writer then
            set('o:' .. name, writer)
            version = version + 1
        end
    end
end
if version ~= kept[1] then
    set('version', version)
end
if count > 0 then
    local last, held = kept[3] + count, kept[4] + #frames
    local id = string.format('%d-%d', last, version)
    redis.call('XADD', log, id, 'frames', frames, 'by', ARGV[9])
    set('last', last)
    set('held', trimmed(held, tonumber(ARGV[5]), tonumber(ARGV[10])))
    set('frames', (kept[5] or 0) + count)
    set('bytes', total)
    set('at', now)
    if not kept[5] then
        set('since', now)
    end
    publish(ARGV[7], ARGV[8], id .. ' ' .. flags .. '\n' .. frames)
end
local ages = life > 0 and ((redis.call('HGET', state, 'until') or 0) - time[1]) * 2000 < life
if ages then
    set('until', expiry(life))
end
redis.call('HSET', state, unpack(changes))
if ages then
    live(life)
end
return {now, 'done', total, flags}
