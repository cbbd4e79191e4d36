-- Remove hashes of cells whose day ended long enough before the watermark, the earliest first.
-- KEYS[1]  P..'meta', where P is the prefix of the bucket
-- ARGV     how long they are kept in ms, how many are removed at the most
-- Returns {how many were removed}.
local meta, call, SEP = KEYS[1], redis.call, '\31'
local P, watermark = string.sub(meta, 1, -5), call('HGET', meta, 'watermark')
if not watermark then return {0} end
local until_then = string.format('%.0f', tonumber(watermark) - tonumber(ARGV[1]))
local found = call('ZRANGEBYSCORE', P .. 'expiring', '-inf', until_then, 'LIMIT', 0, ARGV[2])
for _, hash in ipairs(found) do
  local whose, where = string.match(hash, '^(.-' .. SEP .. '.-)' .. SEP .. '(.+)$')
  call('UNLINK', P .. 'c' .. SEP .. hash)
  call('SREM', P .. 'd' .. SEP .. whose, where)
  call('ZREM', P .. 'expiring', hash)
end
return {#found}
