-- Read many things in one trip. KEYS[1] = P..'meta'; every key below has the prefix P.
-- ARGV[1]  msgpack of {key*}, {field*} of the same length, {key, start, stop}*       stop is the last index, included
-- Returns {values of the fields in order, '' = absent, then one array per stretch of a list}.
local keys, fields, segments = unpack(cmsgpack.unpack(ARGV[1]))
local call, n = redis.call, #keys
local out = {}
for i = 1, n do out[i] = call('HGET', keys[i], fields[i]) or '' end
for i, s in ipairs(segments) do out[n + i] = call('LRANGE', s[1], s[2], s[3]) end
return out
