-- Sums cells by field, in bounded stretches of work. Reads only. Behind facts.lua.
-- ARGV[1]  msgpack of {tenant, campaign, since, budget, skip, read*}
--   since    revision of a reading that the caller has kept, or ''
--   budget   stop after the hash with which so many fields have been read
--   skip     hashes that an earlier call has read
--   read     {view, {name*}, {{from, to, {day*}}*}}
--     names  only these cells; none: all
--     group  one sum each. Days as ISO dates; none: every day from `from` to `to` (ends '': open) that has cells.
--            For pair cells (views n, w) `from` is the first day of the range: a cell counts if its previous day lies before.
-- Returns {msgpack of {facts, done, sums, large}, {row*}, settings}
--   done     hashes read so far; 0 when that is all; -1 when nothing of the campaign has changed since the reading that was kept, and so nothing was read
--   sums     per read, per group: {field, value, ...}
--   row      of the campaign, if it has one; with an empty campaign, of every campaign of the tenant
--   settings of the tenant: msgpack, '' if it has none
--   large    what is too large for a Lua number, value as text: {read, group, field, value, ...}; adds to the sums
-- Days are compared as text: digits and '-' only, of one length, so that no locale sorts them otherwise.
local q = cmsgpack.unpack(ARGV[1])
local tenant, campaign, since, budget, skip = q[1], q[2], q[3], q[4], q[5]
local rows = campaign == '' and call('HVALS', P .. 'l' .. SEP .. tenant) or call('HMGET', P .. 'l' .. SEP .. tenant, campaign)
local settings = call('HGET', P .. 't' .. SEP .. tenant, 'settings') or ''
local base = P .. 'c' .. SEP .. tenant .. SEP .. campaign .. SEP
local LARGE = 4503599627370496                                          -- 2^52
local LOOK_BACK = 100                                                   -- changes that are looked through; behind more, reading is as cheap

-- Whether the outbox still has the entry `since`, and none after it names the campaign.
local function unchanged()
  local after = call('XRANGE', P .. 'out', since, '+', 'COUNT', LOOK_BACK)
  if #after == LOOK_BACK or not after[1] or after[1][1] ~= since then return false end
  for i = 2, #after do
    for _, name in ipairs(cmsgpack.unpack(after[i][2][2])) do
      if name == tenant .. SEP .. campaign then return false end
    end
  end
  return true
end
if since ~= '' and unchanged() then return {cmsgpack.pack({facts(), -1, {}, {}}), rows, settings} end

local out, large, seen, fields, finished = {}, {}, 0, 0, true

local stored
local function days_of(view, from, to)
  if not stored then
    stored = {}
    for _, member in ipairs(call('SMEMBERS', P .. 'd' .. SEP .. tenant .. SEP .. campaign)) do
      local at = find(member, SEP, 1, true)
      local of = sub(member, 1, at - 1)
      stored[of] = stored[of] or {}
      table.insert(stored[of], sub(member, at + 1))
    end
    for _, days in pairs(stored) do table.sort(days) end
  end
  local found = {}
  for _, day in ipairs(stored[view] or {}) do
    if day >= from and (to == '' or day <= to) then found[#found + 1] = day end
  end
  return found
end

for r = 6, #q do
  local view, only, groups = q[r][1], nil, q[r][3]
  local paired = view == 'n' or view == 'w'
  if #q[r][2] > 0 then
    only = {}
    for _, name in ipairs(q[r][2]) do only[name] = true end
  end
  local summed = {}
  for g = 1, #groups do
    local from, days = groups[g][1], groups[g][3]
    if #days == 0 then days = days_of(view, from, groups[g][2]) end
    local sums = {}
    for d = 1, #days do
      seen = seen + 1
      if fields >= budget then finished = false
      elseif seen > skip then
        local cells = call('HGETALL', base .. view .. SEP .. days[d])
        fields = fields + 1 + #cells / 2
        for i = 1, #cells, 2 do
          local field, value = cells[i], cells[i + 1]
          local counts = not only or only[sub(field, 1, (find(field, SEP, 1, true) or 0) - 1)]
          if counts and paired and byte(field, -1) ~= 31 then            -- a previous day: the last ten bytes
            counts = sub(field, -10) < from
            field = sub(field, 1, -11)
          end
          if counts then
            local sum = (sums[field] or 0) + value
            if sum < LARGE and sum > -LARGE then                        -- and so the value is below 2^53, and exact
              sums[field] = sum
            else
              local n = #large
              large[n + 1] = r - 5; large[n + 2] = g; large[n + 3] = field; large[n + 4] = value
            end
          end
        end
        skip = skip + 1
      end
    end
    local flat, n = {}, 0
    for field, sum in pairs(sums) do
      flat[n + 1] = field; flat[n + 2] = sum
      n = n + 2
    end
    summed[g] = flat
  end
  out[r - 5] = summed
end
return {cmsgpack.pack({facts(), finished and 0 or skip, out, large}), rows, settings}
