-- First part of every script: what answers are stamped with. Reads only.
-- KEYS[1]  P..'meta', where P is the prefix of the bucket; every key that is read lies under P, in the same slot
-- Gives `facts()`: {form, revision, as_of, partitions, rebuilding, incomplete, dirty, watermark}
--   form         version of the stored forms, '' in an empty store
--   revision     newest id of the outbox
--   as_of        ms since 1970 UTC; 0 while a partition has not been heard of
--   rebuilding, incomplete   1 or 0;  dirty   how many marks wait to be settled
--   watermark    event time in ms that all is counted up to, 0 if it is not known yet
local P = string.sub(KEYS[1], 1, -5)
local SEP = '\31'
local call, sub, find, byte = redis.call, string.sub, string.find, string.byte

local function facts()
  local meta = call('HGETALL', KEYS[1])
  local form, as_of, partitions, incomplete, rebuilding, watermark = '', nil, 0, 0, 0, 0
  local position, target, fresh = {}, {}, {}
  for i = 1, #meta, 2 do
    local kind, name, value = sub(meta[i], 1, 2), sub(meta[i], 3), meta[i + 1]
    if kind == 'x:' then position[name] = tonumber(value); partitions = partitions + 1
    elseif kind == 'b:' then target[name] = tonumber(value)
    elseif kind == 'f:' then fresh[name] = tonumber(value)
    elseif kind == 'i:' then incomplete = 1
    elseif meta[i] == 'version' then form = value
    elseif meta[i] == 'watermark' then watermark = tonumber(value) end
  end
  for name, at in pairs(position) do
    if at < (target[name] or 0) then rebuilding = 1 end
    as_of = math.min(as_of or math.huge, fresh[name] or 0)
  end
  local newest = call('XREVRANGE', P .. 'out', '+', '-', 'COUNT', 1)
  return {form, newest[1] and newest[1][1] or '0-0', as_of or 0, partitions, rebuilding, incomplete, call('SCARD', P .. 'dirty'), watermark}
end
