-- Take a source partition: from now on only this owner's calls move its position. Behind summary.lua.
-- KEYS[1]  P..'meta'
-- ARGV     partition, owner, Kafka generation of the claimer, '1' to claim in spite of a newer generation, rebuild_to, of
--          of: how many source partitions there are, 0: not known
--          rebuild_to: end offset of the partition now; a store without a position for it is being rebuilt up to there
-- Returns {'OK', epoch, next offset} or {'STALE', generation that holds it}.
local meta, tp, owner, generation, force, rebuild_to, of = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local known = redis.call('HMGET', meta, 'e:' .. tp, 'g:' .. tp, 'x:' .. tp)
if force ~= '1' and known[2] and generation < tonumber(known[2]) then return {'STALE', known[2]} end
local epoch = string.format('%.0f', tonumber(known[1] or 0) + 1)
redis.call('HSET', meta, 'e:' .. tp, epoch, 'w:' .. tp, owner, 'g:' .. tp, generation, 'x:' .. tp, known[3] or '0')
if of ~= '0' then redis.call('HSET', meta, 'sources', of) end
if not known[3] then redis.call('HSET', meta, 'b:' .. tp, rebuild_to) end
summarise(meta)
return {'OK', epoch, known[3] or '0'}
