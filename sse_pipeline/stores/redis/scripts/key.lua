-- Give a key a text if it has another one, or none; return the text that it has then. A repeat whose
-- answer got lost finds the new text, and returns it.
-- KEYS: the key (state)
-- ARGV: the text that it must have, the new text (empty: only read it), milliseconds to live
local held = redis.call('GET', state) or ''
if ARGV[2] ~= '' and held == ARGV[1] then
    redis.call('SET', state, ARGV[2], 'PX', ARGV[3])
    held = ARGV[2]
end
return {now, held}
