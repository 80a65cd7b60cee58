-- Return the frames of a stream that are content, of the entries behind an id, and with the last of
-- them what the log has dropped of the content.
-- ARGV: the id in the form of XRANGE, how many entries at most, and the names of the events that are
-- content, for a stream that a release before opened
local kept = redis.call('HMGET', state, 'version', 'last', 'flags', 'cut', 'content')
if not kept[1] then
    return {now, 'missing'}
end
local names, found = names_of(kept[5] or ARGV[3]), {}
local entries = redis.call('XRANGE', log, ARGV[1], '+', 'COUNT', ARGV[2])
for index, entry in ipairs(entries) do
    found[index] = {entry[1], content_of(entry, names)}
end
if #entries == tonumber(ARGV[2]) then
    return {now, 'more', found, kept[2], kept[3], kept[4] or '', {}}
end
local spilled = redis.call('LRANGE', spill, 0, -1)
local dropped = {}
for index = 1, #spilled, 3 do
    dropped[#dropped + 1] = {spilled[index], spilled[index + 1], spilled[index + 2]}
end
return {now, 'done', found, kept[2], kept[3], kept[4] or '', dropped}
