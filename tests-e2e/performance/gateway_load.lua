-- One run of wrk. Arguments: a file of requests, one a line as "path<TAB>token" (the token may be
-- missing), then options: "once" ends the run with the list, "statuses" counts them, "pace=MS" has
-- every connection wait that long on average between two requests.
-- The last line on standard output is one JSON object.
local list, at, once, statuses, pace = {}, 0, false, false, 0
local threads = {}
ok, limited, busy, bare, odd = 0, 0, 0, 0, 0

function setup(thread)
  table.insert(threads, thread)
end

local function count(status, headers)
  if status < 400 then
    ok = ok + 1
    return
  end
  local wait = headers["retry-after"] or headers["Retry-After"]
  if status == 429 then limited = limited + 1
  elseif status == 503 then busy = busy + 1
  else odd = odd + 1 end
  if not (tonumber(wait) and tonumber(wait) >= 1) then bare = bare + 1 end
end

function init(args)
  for i = 2, #args do
    if args[i] == "once" then once = true end
    if args[i] == "statuses" then statuses = true end
    pace = tonumber(args[i]:match("^pace=(.+)$")) or pace
  end
  for line in io.lines(args[1]) do
    local path, token = line:match("^([^\t]+)\t?(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    list[#list + 1] = wrk.format("GET", path, headers)
  end
  -- Defined only where it is wanted: looking at every answer costs wrk a good part of its speed.
  if statuses then response = count end
  if pace > 0 then
    math.randomseed(os.time())
    delay = function() return math.random(0, math.floor(2 * pace)) end
  end
end

function request()
  at = at + 1
  if at > #list then
    if once then wrk.thread:stop() end
    at = 1
  end
  return list[at]
end

function done(summary, latency)
  local sums = { ok = 0, limited = 0, busy = 0, bare = 0, odd = 0 }
  for _, thread in ipairs(threads) do
    for name, sum in pairs(sums) do sums[name] = sum + thread:get(name) end
  end
  local failed = summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, '
      .. '"refused": %d, "failed": %d, "ok": %d, "limited": %d, "busy": %d, "bare": %d, "odd": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status, failed,
    sums.ok, sums.limited, sums.busy, sums.bare, sums.odd))
end
