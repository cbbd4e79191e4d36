-- Reads a list of a campaign (view i or j of docs/cells.md), newest day first. Reads only. Behind facts.lua.
-- ARGV[1]  msgpack of {tenant, campaign, view, from, to, limit, {filter*}}
--   from, to  ISO days, both included; '': open
--   limit     stop after the day with which so many were found
--   filter    the values that are allowed, of each dimension in the order of the field; none: any
-- Returns {msgpack of {facts, {day, field, ...}}}: whole days, fields in no order.
local q = cmsgpack.unpack(ARGV[1])
local view, from, to, limit, filters = q[3], q[4], q[5], q[6], q[7]
local where = q[1] .. SEP .. q[2]

local allowed = {}
for place, values in ipairs(filters) do
  if #values > 0 then
    allowed[place] = {}
    for _, value in ipairs(values) do allowed[place][value] = true end
  end
end
local function matches(field)
  local at = 1
  for place = 1, #filters do
    local stop = find(field, SEP, at, true)
    if allowed[place] and not allowed[place][sub(field, at, stop - 1)] then return false end
    at = stop + 1
  end
  return true
end

local days = {}
for _, member in ipairs(call('SMEMBERS', P .. 'd' .. SEP .. where)) do
  if sub(member, 1, 2) == view .. SEP then
    local day = sub(member, 3)
    if day >= from and (to == '' or day <= to) then days[#days + 1] = day end
  end
end
table.sort(days, function(a, b) return a > b end)

local out, n, limited = {}, 0, 2 * limit
for _, day in ipairs(days) do
  if n >= limited then break end
  for _, field in ipairs(call('HKEYS', P .. 'c' .. SEP .. where .. SEP .. view .. SEP .. day)) do
    if matches(field) then
      out[n + 1] = day; out[n + 2] = field
      n = n + 2
    end
  end
end
return {cmsgpack.pack({facts(), out})}
