-- The beginning of every script.
-- KEYS: the hash of the stream (state), and the Redis Stream of its frames (log)
--
-- An entry of the log is one batch: 'frames' are the joined events, and 'flags' the flags of a
-- commit. Its id is '<number of the last frame>-<version>', so a repeated XADD is an error, not a
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
--   until       commit, append   when both keys expire, in whole seconds
--   w:<process> commit, append   the sequence number of the process's last write that was done
--   o:<component> commit, append the process that works on the component
--   x:<component> commit         1: the component was lost, and frames for it are refused
--   f:<component> append         how many frames were sent for the component
--   b:<component> append         their bytes
--   t:<component> append         when its last sign of life came
--   n:<component> append         its last note
--
-- Each step that changes the log publishes what it appended, in the form of `batch.py`, to the channel
-- of the stream's batches, and flags that change to the channel of its flags.
--
-- Every answer starts with the server's time, from which processes learn its clock.
local state, log = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

-- Drop the oldest entries until the log holds at most `limit` bytes, or one entry.
-- Return the bytes that it holds then.
local function trimmed(held, limit)
    while held > limit do
        local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 2)
        if #oldest < 2 then
            break
        end
        held = held - #oldest[1][2][2]
        redis.call('XDEL', log, oldest[1][1])
    end
    return held
end

-- Let both keys expire after `life` milliseconds. Return the time of the expiry, in seconds.
local function live(life)
    redis.call('PEXPIRE', state, life)
    redis.call('PEXPIRE', log, life)
    return time[1] + math.floor(life / 1000)
end

-- Publish a message to those who hear a channel of the stream. The log is the truth: a server that
-- refuses the message (the user may lack the right to the channel) has done the step all the same.
local function publish(command, channel, message)
    redis.pcall(command, channel, message)
end

