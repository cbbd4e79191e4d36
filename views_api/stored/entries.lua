-- Reads a list of a campaign (view i or j of docs/cells.md), newest day first, in bounded stretches of work. Reads only. Behind facts.lua.
-- ARGV[1]  msgpack of {tenant, campaign, view, from, to, limit, {filter*}, budget, day, place}
--   from, to  ISO days, both included; '': open
--   limit     stop after the day with which so many were found
--   filter    the values that are allowed, of each dimension in the order of the field; none: any
--   budget    stop after so many entries were looked at, in the middle of a day if it must be
--   day, place  where the call before stopped; '', '0': begin
-- Returns {msgpack of {facts, {day, field, ...}, day, place}}: fields in no order, and where to go on; day '': that is all
local q = cmsgpack.unpack(ARGV[1])
local view, from, to, limit, filters, budget, resumed, place = q[3], q[4], q[5], q[6], q[7], q[8], q[9], q[10]
local where = q[1] .. SEP .. q[2]
if resumed ~= '' then to = resumed end

local allowed = {}
for n, values in ipairs(filters) do
  if #values > 0 then
    allowed[n] = {}
    for _, value in ipairs(values) do allowed[n][value] = true end
  end
end
local function matches(field)
  local at = 1
  for n = 1, #filters do
    local stop = find(field, SEP, at, true)
    if allowed[n] and not allowed[n][sub(field, at, stop - 1)] then return false end
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

local out, n, limited, looked = {}, 0, 2 * limit, 0
local function answer(day, at) return {cmsgpack.pack({facts(), out, day, at})} end
for _, day in ipairs(days) do
  local at = day == resumed and place or '0'
  if at == '0' and n >= limited then break end
  repeat
    if looked >= budget then return answer(day, at) end
    local found = call('HSCAN', P .. 'c' .. SEP .. where .. SEP .. view .. SEP .. day, at, 'COUNT', budget)
    at = found[1]
    for i = 1, #found[2], 2 do
      local field = found[2][i]
      if matches(field) then
        out[n + 1] = day; out[n + 2] = field
        n = n + 2
      end
    end
    looked = looked + 1 + #found[2] / 2
  until at == '0'
end
return answer('', '0')
