-- Messages for wrk: each with an id of its own, in turn from many conversations. Prints one line of JSON in the end.
-- usage: wrk -s load.lua URL -- BODIES, with a JSON string a line
local conversations, thread_count = 10000, 0

function setup(thread)
  thread:set("number", thread_count)
  thread_count = thread_count + 1
end

function init(args)
  texts, count = {}, 0
  for line in io.lines(args[1]) do texts[#texts + 1] = line end
  run = tostring(os.time()) .. "-" .. number
  headers = { ["content-type"] = "application/json" }
end

function request()
  count = count + 1
  local body = string.format('{"conversation":"web:9f3b2c7d1e8a4056b7c2d3e1f0a59b64-%s-%d","id":"m%d","text":%s}',
    run, count % conversations, count, texts[count % #texts + 1])
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests":%d,"rate":%.1f,"p50":%.1f,"p99":%.1f,"bad":%d}', summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
