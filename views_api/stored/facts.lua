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
  local known = call('HMGET', KEYS[1], 'version', 'watermark', 'summary')
  local as_of, partitions, rebuilding, incomplete = string.match(known[3] or '0 0 0 0', '^(%d+) (%d+) (%d+) (%d+)$')
  local newest = call('XREVRANGE', P .. 'out', '+', '-', 'COUNT', 1)
  return {
    known[1] or '', newest[1] and newest[1][1] or '0-0', tonumber(as_of), tonumber(partitions), tonumber(rebuilding), tonumber(incomplete),
    call('SCARD', P .. 'dirty'), tonumber(known[2] or 0)
  }
end
