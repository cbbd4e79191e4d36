-- One optimistic transaction, all or nothing. Holds no business rule: what to count is decided by the caller. Behind summary.lua.
--
-- KEYS[1]  P..'meta', where P is the prefix of the bucket; every key below begins with P, so they lie in one slot
-- ARGV[1]  msgpack of an array of fourteen:
--    1 slots    {partition, epoch, owner, prev, last, as_of}*       positions are next offsets
--    2 writes   {key*}, {field*}, {old*}, {new*}                    columns of one length: compare-and-set by value; '' = absent, or to be absent
--    3 reads    {key*}, {field*}, {value*}                          columns of one length: must be unchanged
--    4 segments {key, first, last, {entry*}}*                       stretch of a list, must be unchanged, also in that it ends there
--    5 cells    in columns, because there are many: {{tenant SEP campaign, since, how many hashes}*}, then of these hashes {view SEP day*}, {end*},
--               {how many fields*}, then of these fields {name*}, {delta*}; a delta is not 0; text where a double is inexact.
--               since: the day from which on its numbers read differently although no cell has changed, else ''
--               end: of the day, in ms, where the hash is to wait for its removal in the sorted set `expiring`; else 0
--    6 appends  {key, entry*}*                                      to a list
--    7 unions   {key, field, entry}*                                entry into a packed set, in which all have one length
--    8 settled  mark*
--    9 soft     {key, field, value, mark}*                          no longer this value: mark
--   10 changed  {key, field, mark}*                                 field exists (field '': key exists): mark
--   11 marks    mark*
--   12 waits    {thing, ms}*                                    into the sorted set `due`; '' instead of a time: out of it
--   13 notes    {key*}, {field*}, {entry*}, {at*}, {mark*}         columns of one length: an entry, its length in 2 bytes in front, into a packed set; the field is
--               8 bytes whose and 4 bytes of a period, and the field of the 8 bytes keeps the periods there are. A field that was not there is appended to the list
--               that is called as its hash, up to the last SEP. If the entry is new, and the field of the 8 bytes and 'o'
--               begins with an instant, 8 bytes, that is not before `at`: mark
--   14 trims    {key, n}*                                           n entries off the front of a list; refused while anything is dirty
-- Returns {'OK' | 'DUP', number of dirty marks, revision}, {'CONFLICT', key, field, ...}, or
--         {'NOSTATE' | 'FENCED' | 'REWOUND', partition or '*'}.
-- Everything is checked before the first write, and only commands are used that cannot fail after it (a total would have to pass 2^63 for one to).
-- The order matters: a mark that this call settles may be set again by the same call (8 before 9 to 11, 13), and whoever
-- joins an index in this call is found by a change in this call (2 and 7 before 10 and 13). Notes go before soft reads, which may be of them.
local meta = KEYS[1]
local P = string.sub(meta, 1, -5)
local SEP, dirty = '\31', P .. 'dirty'
local AT_ONCE = 1000                                                    -- slots in one command: `unpack` fails near 8,000 values
local call = redis.call
local slots, writes, reads, segments, cells, appends, unions, settled, soft, changed, marks, waits, notes, trims = unpack(cmsgpack.unpack(ARGV[1]))

if #slots > 0 then
  local repeated, moving, known = 0, 0, {}
  for i = 1, #slots, AT_ONCE do
    local fields = {}
    for n = i, math.min(i + AT_ONCE - 1, #slots) do
      local name = slots[n][1]
      fields[#fields + 1] = 'e:' .. name; fields[#fields + 1] = 'w:' .. name; fields[#fields + 1] = 'x:' .. name
    end
    known[#known + 1] = call('HMGET', meta, unpack(fields))
  end
  for i, s in ipairs(slots) do
    local found, at = known[math.ceil(i / AT_ONCE)], 3 * ((i - 1) % AT_ONCE)
    local epoch, owner, position = found[at + 1], found[at + 2], found[at + 3]
    if not epoch then return {'NOSTATE', s[1]} end
    if tonumber(epoch) ~= s[2] or owner ~= s[3] then return {'FENCED', s[1]} end
    position = tonumber(position)
    if s[4] ~= s[5] then moving = moving + 1 end
    if position ~= s[4] then
      if position ~= s[5] then return {'REWOUND', s[1]} end
      repeated = repeated + 1                                          -- our own call, whose reply was lost
    end
  end
  if repeated > 0 then
    if repeated == moving then return {'DUP', call('SCARD', dirty), ''} end
    return {'REWOUND', '*'}
  end
end

local conflicts = {'CONFLICT'}
local function compare(keys, fields, values)
  for i = 1, #keys do
    if (call('HGET', keys[i], fields[i]) or '') ~= values[i] and #conflicts < 4000 then
      conflicts[#conflicts + 1] = keys[i]; conflicts[#conflicts + 1] = fields[i]
    end
  end
end
compare(writes[1], writes[2], writes[3])
compare(reads[1], reads[2], reads[3])
for _, s in ipairs(segments) do
  local now, entries = call('LRANGE', s[1], s[2], s[3]), s[4]
  local same = #now == #entries
  for i, entry in ipairs(entries) do same = same and now[i] == entry end
  if not same then conflicts[#conflicts + 1] = s[1]; conflicts[#conflicts + 1] = '' end
end
if #trims > 0 and call('SCARD', dirty) > 0 then conflicts[#conflicts + 1] = dirty; conflicts[#conflicts + 1] = '' end
if #conflicts > 1 then return conflicts end
if #slots == 0 and #writes[1] == 0 and #reads[1] == 0 and #segments == 0 then return redis.error_reply('UNGUARDED a call without a guard would count twice when it is repeated') end

local keys, fields, new = writes[1], writes[2], writes[4]
for i = 1, #keys do
  if new[i] == '' then call('HDEL', keys[i], fields[i]) else call('HSET', keys[i], fields[i], new[i]) end
end
local campaigns, hashes, ends, sizes, names, deltas = unpack(cells)
local h, n = 0, 0
for _, c in ipairs(campaigns) do
  local days, front = P .. 'd' .. SEP .. c[1], P .. 'c' .. SEP .. c[1] .. SEP
  for _ = 1, c[3] do
    h = h + 1
    local where, key, appeared, gone = hashes[h], front .. hashes[h], false, false
    for i = n + 1, n + sizes[h] do
      local delta = deltas[i]
      local after = call('HINCRBY', key, names[i], delta)
      if after == 0 then
        call('HDEL', key, names[i])
        gone = true
      elseif after == tonumber(delta) then appeared = true end            -- the field is new, perhaps the hash is
    end
    n = n + sizes[h]
    if appeared then
      call('SADD', days, where)
      if ends[h] > 0 then call('ZADD', P .. 'expiring', string.format('%.0f', ends[h]), c[1] .. SEP .. where) end
    end
    if gone and call('EXISTS', key) == 0 then
      call('SREM', days, where)
      if ends[h] > 0 then call('ZREM', P .. 'expiring', c[1] .. SEP .. where) end
    end
  end
end
for _, a in ipairs(appends) do call('RPUSH', unpack(a)) end
for _, t in ipairs(trims) do call('LTRIM', t[1], t[2], -1) end
for _, u in ipairs(unions) do
  local key, field, entry = u[1], u[2], u[3]
  local packed = call('HGET', key, field)
  local at = packed and string.find(packed, entry, 1, true)
  while at and at % #entry ~= 1 do at = string.find(packed, entry, at + 1, true) end
  if not at then call('HSET', key, field, (packed or '') .. entry) end
end
for _, mark in ipairs(settled) do call('SREM', dirty, mark) end
local function holds(packed, entry)                                     -- entries are framed: what looks like one may lie across two
  local at, border = string.find(packed, entry, 1, true), 1
  while at do
    while border < at do border = border + 2 + struct.unpack('>H', string.sub(packed, border, border + 1)) end
    if border == at then return true end
    at = string.find(packed, entry, border, true)
  end
end
local noted, whose, entries, instants, who = unpack(notes)
for i = 1, #noted do
  local key, field = noted[i], whose[i]
  local packed, owner = call('HGET', key, field), string.sub(field, 1, 8)
  if not packed then
    call('HSET', key, owner, (call('HGET', key, owner) or '') .. string.sub(field, 9))
    call('RPUSH', string.match(key, '^.*\31'), field)
  end
  if not packed or not holds(packed, entries[i]) then
    call('HSET', key, field, (packed or '') .. entries[i])
    local rests = call('HGET', key, owner .. 'o')
    if rests and struct.unpack('>i8', string.sub(rests, 1, 8)) >= instants[i] then call('SADD', dirty, who[i]) end
  end
end
for _, s in ipairs(soft) do
  if (call('HGET', s[1], s[2]) or '') ~= s[3] then call('SADD', dirty, s[4]) end
end
for _, c in ipairs(changed) do
  local rests = c[2] == '' and call('EXISTS', c[1]) or c[2] ~= '' and call('HEXISTS', c[1], c[2])
  if rests == 1 then call('SADD', dirty, c[3]) end
end
for _, mark in ipairs(marks) do call('SADD', dirty, mark) end
for _, w in ipairs(waits) do
  if w[2] == '' then call('ZREM', P .. 'due', w[1]) else call('ZADD', P .. 'due', string.format('%.0f', w[2]), w[1]) end
end
if #waits > 0 or #settled > 0 then                                     -- what waits and has been passed already, or is left over from this step
  local watermark = call('HGET', meta, 'watermark')
  if watermark and #call('ZRANGEBYSCORE', P .. 'due', '-inf', '(' .. watermark, 'LIMIT', 0, 1) > 0 then call('SADD', dirty, 'D') end
end

if #slots > 0 then
  for i = 1, #slots, AT_ONCE do
    local args = {}
    for n = i, math.min(i + AT_ONCE - 1, #slots) do
      local s = slots[n]
      args[#args + 1] = 'x:' .. s[1]; args[#args + 1] = string.format('%.0f', s[5])
      args[#args + 1] = 'f:' .. s[1]; args[#args + 1] = string.format('%.0f', s[6])
    end
    call('HSET', meta, unpack(args))
  end
  summarise(meta)
end
local revision = ''
if #campaigns > 0 then
  local told, h = {}, 0
  for _, c in ipairs(campaigns) do
    told[#told + 1] = '\30' .. c[1]
    if c[2] ~= '' then told[#told + 1] = '=' .. c[2] end
    if #hashes > 300 then                                                -- a call of a worker that catches up: one reader's work saved is not worth the memory
      told[#told + 1] = '*'
    else
      for i = h + 1, h + c[3] do told[#told + 1] = hashes[i] end
      h = h + c[3]
    end
  end
  told[#told + 1] = ''
  revision = call('XADD', P .. 'out', 'MAXLEN', '~', '10000', '*', 'c', table.concat(told, SEP))
end
return {'OK', call('SCARD', dirty), revision}
