-- Reads cells day by day, in bounded stretches of work, and of days that the caller has only what changed. Reads only. Behind facts.lua.
-- ARGV[1]  msgpack of {tenant, campaign, heard, budget, {pair*}, {grouping*}, {read*}}
--   heard    the revision up to which the caller has heard of all changes, '' if of none
--   budget   stop after the day with which so many fields have been read: first of days that the caller has not, then of those that changed
--   pair     {base, quote} of currencies
--   grouping {{from, to, {day*}}*}
--   read     {campaign, view, {name*}, known, {changed*}, place of its grouping, from 0}
--     names  only these cells; none: all
--     known  the caller has the days up to this one, but for those that changed; '': it has none
--     changed  days that it has heard have changed since it read them
--     group  of the grouping: in order, none overlap. Days as ISO dates; none: every day from `from` to `to` (ends '': open) that has cells.
--            Pair cells (views n, w, p, u) end with a second day: one before, which must lie before `from`; of interactions (x) one behind, not behind `to`.
-- Returns {msgpack of {facts, told, {{kept, known, {group, day, cells}*, {left*}}*}}, {row*}, settings, {rates*}}, the third list per read
--   told     what the outbox says behind `heard`: {{revision, text}*}; false: it no longer has that revision, or too much behind it, and nothing that was kept counts.
--            Where that is long, nothing is read beside it, and the third list is empty: to be asked again by whoever has heard it
--   kept     1: what the caller has stands, but for the days that follow; 0: forget it
--   known    days up to this one have been read or are known; ALL when that is every day
--   left     days up to that one that changed and were not read: to be asked for as changed again
--   group    place in the read's groups, from 0;  cells  {field, value, ...}, values of ordinary cells as text; empty: the day has none any more
--   row      of the campaign, if it has one; with an empty campaign, of every campaign of the tenant
--   settings of the tenant: msgpack, '' if it has none
--   rates    per pair {day, msgpack, ...}
-- Days are compared as text: digits and '-' only, of one length, so that no locale sorts them otherwise.
local q = cmsgpack.unpack(ARGV[1])
local tenant, campaign, heard, budget = q[1], q[2], q[3], q[4]
local rows = campaign == '' and call('HVALS', P .. 'l' .. SEP .. tenant) or call('HMGET', P .. 'l' .. SEP .. tenant, campaign)
local settings = call('HGET', P .. 't' .. SEP .. tenant, 'settings') or ''
local base = P .. 'c' .. SEP .. tenant .. SEP
local ALL = '9999-12-31'
local INTERACTED = 'x' .. SEP
local LOOK_BACK = 500                                                   -- changes that are told; behind more, reading is as cheap
local AT_ONCE = 65536                                                   -- bytes of them that are gone through beside reading, about 2 ms

local asked_for = {}
for _, read in ipairs(q[7]) do asked_for[read[1]] = true end

-- What is newer than the caller has heard of, for it to remember, and of what is asked for: {campaign = {view = {day = true}}}, of a campaign `false` where it
-- is not said which days.
local told, changed, long = nil, {}, 0
local outbox = heard ~= '' and call('XRANGE', P .. 'out', heard, '+', 'COUNT', LOOK_BACK) or {}
if outbox[1] and outbox[1][1] == heard and #outbox < LOOK_BACK then
  told = {}
  for n = 2, #outbox do
    told[n - 1] = {outbox[n][1], outbox[n][2][2]}
    long = long + #outbox[n][2][2]
  end
  if long > AT_ONCE then return {cmsgpack.pack({facts(), told, {}}), rows, settings, {}} end
  local mine = tenant .. SEP
  for _, entry in ipairs(told) do
    local text = entry[2]
    local at = find(text, '\30', 1, true)
    while at do
      local stop = find(text, '\30', at + 1, true)
      local front = at + 1 + #mine
      if sub(text, at + 1, front - 1) == mine then
        local cut = find(text, SEP, front, true)
        local who, where = sub(text, front, cut - 1), sub(text, cut + 1, (stop or 0) - 1)
        if byte(where) == 61 then where = sub(where, find(where, SEP, 1, true) + 1) end     -- '=' and a day: no cell's affair
        if asked_for[who] and sub(where, 1, 1) == '*' then changed[who] = false end
        if asked_for[who] and changed[who] ~= false then
          local views = changed[who] or {}
          for view, day in string.gmatch(where, '([^\31]+)\31([^\31]+)\31') do
            views[view] = views[view] or {}
            views[view][day] = true
          end
          changed[who] = views
        end
      end
      at = stop
    end
  end
end

-- Place of the first day that is not before another one, in days that are in order. A period can have thousands of groups, a campaign thousands of days: to go
-- through these for each of those would hold up the store for seconds.
local function first_from(days, day)
  local low, high = 1, #days + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if days[middle] < day then low = middle + 1 else high = middle end
  end
  return low
end

local stored = {}
local function days_of(whose, view, from, to)
  if not stored[whose] then
    local views = {}
    for _, member in ipairs(call('SMEMBERS', P .. 'd' .. SEP .. tenant .. SEP .. whose)) do
      local at = find(member, SEP, 1, true)
      local of = sub(member, 1, at - 1)
      views[of] = views[of] or {}
      table.insert(views[of], sub(member, at + 1))
    end
    for _, days in pairs(views) do table.sort(days) end
    stored[whose] = views
  end
  local days, found = stored[whose][view] or {}, {}
  local at = first_from(days, from)
  while days[at] and (to == '' or days[at] <= to) do
    found[#found + 1] = days[at]
    at = at + 1
  end
  return found
end

local A_DAY = 6                                                         -- what asking for one costs, also if it has none, in fields
local fields = 0
local function cells_of(whose, view, only, from, to, day)
  local cells = call('HGETALL', base .. whose .. SEP .. view .. SEP .. day)
  local paired = view == 'n' or view == 'w' or view == 'p' or view == 'u'
  fields = fields + A_DAY + #cells / 2
  if not only and not paired then return cells end
  local sums, flat, n = {}, {}, 0
  for i = 1, #cells, 2 do
    local field, value = cells[i], cells[i + 1]
    local counts = not only or only[sub(field, 1, (find(field, SEP, 1, true) or 0) - 1)]
    if counts and paired and byte(field, -1) ~= 31 then                  -- a second day: the last ten bytes
      local second = sub(field, -10)
      if sub(field, 1, 2) == INTERACTED then counts = to == '' or second <= to else counts = second < from end
      field = sub(field, 1, -11)
    end
    if counts and paired then
      sums[field] = (sums[field] or 0) + value
    elseif counts then
      flat[n + 1] = field; flat[n + 2] = value
      n = n + 2
    end
  end
  for field, sum in pairs(sums) do
    flat[n + 1] = field; flat[n + 2] = sum
    n = n + 2
  end
  return flat
end

local function only_these(names)
  local only
  if #names > 0 then
    only = {}
    for _, name in ipairs(names) do only[name] = true end
  end
  return only
end

-- What the caller has not: days behind `known`, in order.
local function read(whose, view, names, known, _, grouping)
  local only, found, kept = only_these(names), {}, 1
  if known == '' or not told or changed[whose] == false then known, kept = '', 0 end
  if known == ALL then return {kept, ALL, found, {}} end
  for g, group in ipairs(q[6][grouping + 1]) do
    for _, day in ipairs(#group[3] > 0 and group[3] or days_of(whose, view, group[1], group[2])) do
      if day > known then
        if fields >= budget then return {kept, known, found, {}} end
        found[#found + 1] = {g - 1, day, cells_of(whose, view, only, group[1], group[2], day)}
        known = day
      end
    end
  end
  return {kept, ALL, found, {}}
end

-- Days that it has, and that have changed since.
local function read_again(answer, whose, view, names, known, before, grouping)
  local only, groups, anew, ends = only_these(names), q[6][grouping + 1], (changed[whose] or {})[view] or {}, {}
  for _, day in ipairs(before) do anew[day] = true end
  for g, group in ipairs(groups) do ends[g] = group[2] == '' and ALL or group[2] end
  for day in pairs(anew) do
    local g = first_from(ends, day)
    local group = groups[g]
    if group and day <= known and day >= group[1] then
      if fields >= budget then
        table.insert(answer[4], day)
      else
        table.insert(answer[3], {g - 1, day, cells_of(whose, view, only, group[1], group[2], day)})
      end
    end
  end
end

local answers = {}
for r, wanted in ipairs(q[7]) do answers[r] = read(unpack(wanted)) end
for r, wanted in ipairs(q[7]) do
  if answers[r][1] == 1 then read_again(answers[r], unpack(wanted)) end
end
local rates = {}
for i, pair in ipairs(q[5]) do rates[i] = call('HGETALL', P .. 'l' .. SEP .. 'rate' .. SEP .. tenant .. SEP .. pair[1] .. SEP .. pair[2]) end
return {cmsgpack.pack({facts(), told or false, answers}), rows, settings, rates}
