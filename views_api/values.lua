-- Reads fields of many hashes. Reads only. Behind facts.lua.
-- ARGV     {key, without the prefix; field}*
-- Returns {value, or nil where there is none}*
local values = {}
for i = 1, #ARGV, 2 do values[(i + 1) / 2] = call('HGET', P .. ARGV[i], ARGV[i + 1]) end
return values
