-- Return all fields of the hash; none for a stream that does not exist.
return {now, redis.call('HGETALL', state)}
