-- Move the watermark on: to the moment up to which every source partition is counted, never back. What it has passed is marked in the same call.
-- KEYS[1]  P..'meta', where P is the prefix of the bucket
-- Returns {number of dirty marks}.
local meta, call = KEYS[1], redis.call
local P = string.sub(meta, 1, -5)
local partitions, as_of, watermark, sources, found = {}, {}, nil, 0, call('HGETALL', meta)
for i = 1, #found, 2 do
  local kind, name = string.sub(found[i], 1, 2), string.sub(found[i], 3)
  if kind == 'x:' then partitions[#partitions + 1] = name
  elseif kind == 'f:' then as_of[name] = tonumber(found[i + 1])
  elseif found[i] == 'sources' then sources = tonumber(found[i + 1])
  elseif found[i] == 'watermark' then watermark = tonumber(found[i + 1]) end
end
local reached = #partitions > 0 and #partitions >= sources and math.huge or 0   -- of one that nobody has claimed yet nothing is counted
for _, name in ipairs(partitions) do reached = math.min(reached, as_of[name] or 0) end
if reached > (watermark or 0) then
  watermark = reached
  call('HSET', meta, 'watermark', string.format('%.0f', reached))
end
if watermark and #call('ZRANGEBYSCORE', P .. 'due', '-inf', '(' .. string.format('%.0f', watermark), 'LIMIT', 0, 1) > 0 then call('SADD', P .. 'dirty', 'D') end
return {call('SCARD', P .. 'dirty')}
