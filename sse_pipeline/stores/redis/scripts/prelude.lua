-- The beginning of every script.
-- KEYS: the hash of the stream (state), the Redis Stream of its frames (log), and the list of the
-- content that the log has dropped (spill)
--
-- An entry of the log is one batch: 'frames' are the joined events, 'flags' the flags of a commit,
-- and 'by' the components of the frames of an append: '2*text 1*speech 1*' (none for the last one). Its id is '<number of the last frame>-<version>', so a repeated XADD is an error, not a
-- second entry. The version is part of it because a commit may bring no frame.
--
-- The fields of the hash, and the scripts that write them:
--   version     commit, append   grows with each commit, and when a component changes its process
--   snapshot    commit           the snapshot as JSON, without counts
--   flags       commit           'c' for cancelled, 'e' for ended
--   first       commit           frame 1, written when the stream is opened; the log may drop it
--   last        commit, append   the number of the last frame
--   held        commit, append   the bytes of frames that the log holds
--   at          commit, append   when the last frame or commit came (this server's time, seconds)
--   frames      append           how many frames the producers sent
--   bytes       append           their bytes
--   since       append           when the first of them came
--   anyone      append           when a frame came that belongs to no component
--   late        append           how many frames came too late and were dropped
--   content     commit           the names of the events that are content, when the stream was opened
--   spilled     commit, append   the bytes of the content that the log has dropped and the list has
--   cut         commit, append   1: content was dropped that the list had no room for
--   until       commit, append   when both keys expire, in whole seconds
--   w:<process> commit, append   the sequence number of the process's last write that was done
--   o:<component> commit, append the process that works on the component
--   x:<component> commit         1: the component was lost, and frames for it are refused
--   f:<component> append         how many frames were sent for the component
--   b:<component> append         their bytes
--   t:<component> append         when its last sign of life came
--   n:<component> append         its last note
--
-- Each step that changes the log publishes what it appended, in the form of `entries.py`, to the channel
-- of the stream's batches, and flags that change to the channel of its flags.
--
-- Every answer starts with the server's time, from which processes learn its clock.
local state, log, spill = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

-- Return a set of the names in a text.
local function names_of(text)
    local names = {}
    for name in string.gmatch(text or '', '%S+') do
        names[name] = true
    end
    return names
end

-- Return the frames of an entry whose events have these names, each behind its component.
local function content_of(entry, names)
    local fields, found, start, by = entry[2], {}, 1, nil
    for index = 1, #fields, 2 do
        if fields[index] == 'flags' then
            return found -- a commit: it has frames of the library alone
        elseif fields[index] == 'by' then
            by = fields[index + 1]
        end
    end
    local frames = fields[2]
    for count, component in string.gmatch(by or '1000000*', '(%d+)%*(%S*)') do
        for _ = 1, tonumber(count) do
            local head = string.find(frames, '\n', start, true)
            local _, stop = string.find(frames, '\n\n', start, true)
            if not stop then
                return found
            end
            if names[string.sub(frames, start + 7, head - 1)] then
                found[#found + 1], found[#found + 2] = component, string.sub(frames, start, stop)
            end
            start = stop + 1
        end
    end
    return found
end

-- Keep what is dropped with an entry and is content, while the list has at most `room` bytes.
local function keep_content(entry, room)
    local kept = redis.call('HMGET', state, 'content', 'spilled', 'cut')
    local found, size = content_of(entry, names_of(kept[1])), kept[2] or 0
    if not kept[1] then -- a release before opened the stream: nobody knows what is content
        redis.call('HSET', state, 'cut', 1)
    end
    if #found == 0 or kept[3] then
        return
    end
    for index = 1, #found, 2 do
        if size + #found[index + 1] > room then
            redis.call('HSET', state, 'cut', 1)
            break
        end
        size = size + #found[index + 1]
        redis.call('RPUSH', spill, entry[1], found[index], found[index + 1])
    end
    redis.call('HSET', state, 'spilled', size)
    local life = redis.call('PTTL', state)
    if not kept[2] and life > 0 then
        redis.call('PEXPIRE', spill, life)
    end
end

-- Drop the oldest entries until the log holds at most `limit` bytes, or one entry. At most `room`
-- bytes of what is content are kept. Return the bytes that the log holds then.
local function trimmed(held, limit, room)
    while held > limit do
        local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 2)
        if #oldest < 2 then
            break
        end
        held = held - #oldest[1][2][2]
        keep_content(oldest[1], room)
        redis.call('XDEL', log, oldest[1][1])
    end
    return held
end

-- Return the time at which keys expire that live `life` milliseconds, in whole seconds.
local function expiry(life)
    return time[1] + math.floor(life / 1000)
end

-- Let the keys expire after `life` milliseconds. This comes after all writing: Redis 6.2 may delete
-- a key here and now whose life is short, and what is written then has no expiry.
local function live(life)
    redis.call('PEXPIRE', state, life)
    redis.call('PEXPIRE', log, life)
    redis.call('PEXPIRE', spill, life)
end

-- Publish a message to those who hear a channel of the stream. The log is the truth: a server that
-- refuses the message (the user may lack the right to the channel) has done the step all the same.
local function publish(command, channel, message)
    redis.pcall(command, channel, message)
end

