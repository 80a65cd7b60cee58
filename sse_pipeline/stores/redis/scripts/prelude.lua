-- What every script begins with.
-- KEYS: state, log
local state, log = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

-- Drop the oldest entries until at most so many bytes are held, or one entry; return the bytes.
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

-- Let the stream live for so many milliseconds; return until when, in seconds.
local function live(life)
    redis.call('PEXPIRE', state, life)
    redis.call('PEXPIRE', log, life)
    return time[1] + math.floor(life / 1000)
end

