-- Reads fields of many hashes. Reads only. Behind facts.lua.
-- ARGV[1]  msgpack of {key, without the prefix; field}*
-- Returns {value, or nil where there is none}*
local wanted, values = cmsgpack.unpack(ARGV[1]), {}
for i = 1, #wanted, 2 do values[(i + 1) / 2] = call('HGET', P .. wanted[i], wanted[i + 1]) end
return values
