-- Take a source partition: from now on only this owner's calls move its position. Behind summary.lua.
-- KEYS[1]  P..'meta'
-- ARGV     partition, owner, Kafka generation of the claimer, '1' to claim in spite of a newer generation, rebuild_to, of, version, tzdata, topic
--          of: how many source partitions there are, 0: not known
--          rebuild_to: end offset of the partition now; a store without a position for it is being rebuilt up to there
--          version, tzdata: of what this owner writes. An empty store takes them on, also one that was emptied under running workers
--          topic: Kafka's number of the topic, '': not known. Kept with the first position in it; one that is created in its place has another
-- Returns {'OK', epoch, next offset, number of the topic that it is in or ''}, {'STALE', generation that holds it}, or {'OTHER', 'version' | 'tzdata', which the store holds}.
local meta, tp, owner, generation, force, rebuild_to, of, topic = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6], ARGV[9]
local known = redis.call('HMGET', meta, 'e:' .. tp, 'g:' .. tp, 'x:' .. tp, 'version', 'tzdata', 't:' .. tp)
if known[4] and known[4] ~= ARGV[7] then return {'OTHER', 'version', known[4]} end
if known[5] and known[5] ~= ARGV[8] then return {'OTHER', 'tzdata', known[5]} end
if force ~= '1' and known[2] and generation < tonumber(known[2]) then return {'STALE', known[2]} end
local epoch = string.format('%.0f', tonumber(known[1] or 0) + 1)
redis.call('HSET', meta, 'e:' .. tp, epoch, 'w:' .. tp, owner, 'g:' .. tp, generation, 'x:' .. tp, known[3] or '0', 'version', ARGV[7], 'tzdata', ARGV[8])
if of ~= '0' then redis.call('HSET', meta, 'sources', of) end
if not known[3] then redis.call('HSET', meta, 'b:' .. tp, rebuild_to) end
local counted_of = known[6] or ''
if topic ~= '' and (counted_of == '' or (known[3] or '0') == '0') then
  counted_of = topic
  redis.call('HSET', meta, 't:' .. tp, topic)
end
summarise(meta)
return {'OK', epoch, known[3] or '0', counted_of}
