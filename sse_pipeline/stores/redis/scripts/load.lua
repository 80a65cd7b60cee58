-- What is kept of a stream.
return {now, redis.call('HGETALL', state)}
