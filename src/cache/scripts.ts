/*
 * The scripts that run inside Redis. With Upstash's flag, a script locks only its keys and not the
 * whole database.
 *
 * A key holds one of three things: a sealed value, the lease of one reader, or the markers of the
 * writers that are at work. A marker replaces a value or a lease. No lease is taken while there is
 * a marker.
 */
const flags = "#!lua flags=allow-key-locking\n";

export const lease_prefix = "lease:";
/** During a rollout two versions of the Worker share a Redis, so this text stays as it is. */
export const markers_prefix = "marks:";

/**
 * Takes a lease on each key that has neither a lease nor markers. Anything else there is no valid
 * value.
 */
export const lease_script = `${flags}
local taken = {}
for index, key in ipairs(KEYS) do
  local found = redis.pcall('GET', key)
  local head = type(found) == 'string' and string.sub(found, 1, 6) or ''
  if head == '${lease_prefix}' or head == '${markers_prefix}' then
    taken[index] = 0
  else
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    taken[index] = 1
  end
end
return taken`;

/**
 * Fills in a value if the lease is still there. The time that has passed since the lease is taken
 * off its lifetime.
 */
export const fill_script = `${flags}
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local lifetime_ms = ARGV[3] - (ARGV[4] - redis.call('PTTL', KEYS[1]))
if lifetime_ms > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', math.floor(lifetime_ms))
else redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * Changes writers' markers, which are `time:token`, separated by spaces. For each marker the
 * arguments are `mark` or `unmark`, the marker, and the number of its keys.
 *
 * - `mark` puts it on its keys. Markers that have expired belong to writers that died, and are
 *   dropped.
 * - `unmark` removes it from its keys, and everything else except the markers of other writers.
 */
export const writers_script = `${flags}
local now, lifetime_ms = tonumber(ARGV[1]), ARGV[2]
local index = 0
for argument = 3, #ARGV, 3 do
  local is_mark, own = ARGV[argument] == 'mark', ARGV[argument + 1]
  for _ = 1, tonumber(ARGV[argument + 2]) do
    index = index + 1
    local key = KEYS[index]
    local markers = { is_mark and own or nil }
    local found = redis.pcall('GET', key)
    if type(found) == 'string' and string.sub(found, 1, 6) == '${markers_prefix}' then
      for marker in string.gmatch(string.sub(found, 7), '[^ ]+') do
        local is_alive = not is_mark or tonumber(string.match(marker, '^%d+')) > now
        if marker ~= own and is_alive then markers[#markers + 1] = marker end
      end
    end
    if #markers == 0 then
      redis.call('DEL', key)
    else
      local expires_in_ms = is_mark and lifetime_ms or redis.call('PTTL', key)
      redis.call('SET', key, '${markers_prefix}' .. table.concat(markers, ' '), 'PX', expires_in_ms)
    end
  end
end
return #KEYS`;
