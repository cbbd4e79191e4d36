-- Read many things in one trip. KEYS[1] = P..'meta'.
-- ARGV[1]  msgpack of {hashes: {key, field*}*, segments: {key, start, stop}*}     stop is the last index, included
-- Returns {values of the hashes in order, '' = absent, then one array per segment}.
local P = string.sub(KEYS[1], 1, -5)
local hashes, segments = unpack(cmsgpack.unpack(ARGV[1]))
local out, n = {}, 0
for _, h in ipairs(hashes) do
  h[1] = P .. h[1]
  local values = redis.call('HMGET', unpack(h))
  for i = 1, #values do n = n + 1; out[n] = values[i] or '' end
end
for _, s in ipairs(segments) do n = n + 1; out[n] = redis.call('LRANGE', P .. s[1], s[2], s[3]) end
return out
