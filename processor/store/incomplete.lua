-- Of a source partition Kafka had lost records before they were counted. Behind summary.lua.
-- KEYS[1]  P..'meta';  ARGV  partition
redis.call('HSET', KEYS[1], 'i:' .. ARGV[1], '1')
summarise(KEYS[1])
return {'OK'}
