-- Read many things in one trip. KEYS[1] = P..'meta'; every key below has the prefix P.
-- ARGV[1]  msgpack of {key*}, {field*} of the same length, {key, start, stop}*, {limit*}
--          stop is the last index, included; a limit asks for what of `due` the watermark has passed, the earliest first
-- Returns {values of the fields in order, '' = absent, then one array per stretch of a list, then one per limit}.
local keys, fields, segments, limits = unpack(cmsgpack.unpack(ARGV[1]))
local call, n = redis.call, #keys
local out = {}
for i = 1, n do out[i] = call('HGET', keys[i], fields[i]) or '' end
for i, s in ipairs(segments) do out[n + i] = call('LRANGE', s[1], s[2], s[3]) end
for i, limit in ipairs(limits) do
  local watermark = call('HGET', KEYS[1], 'watermark')
  out[n + #segments + i] = watermark and call('ZRANGEBYSCORE', string.sub(KEYS[1], 1, -5) .. 'due', '-inf', '(' .. watermark, 'LIMIT', 0, limit) or {}
end
return out
