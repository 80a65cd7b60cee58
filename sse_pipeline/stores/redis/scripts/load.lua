-- What is kept of a stream, and the time.
-- KEYS: state
local time = redis.call('TIME')
return {string.format('%d.%06d', time[1], time[2]), redis.call('HGETALL', KEYS[1])}
