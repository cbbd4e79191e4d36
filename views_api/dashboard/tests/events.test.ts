import { expect, test } from "vitest";
import { EventParser, type ServerEvent } from "../src/events.ts";

const STREAM = [
  '\uFEFFevent: snapshot\nid: 17-0\ndata: {"a":1}\n\n',
  ": a comment\r\nevent: heartbeat\r\ndata: one\r\ndata: two\r\n\r\n",
  "data:no space\rid\rretry: 10\r\r",
  "event: nothing\n\n",
  "event: snapshot\nid: bad\0id\nid: 18-0\ndata:  two spaces\ndata\n\n",
  "data: never finished",
].join("");

const EVENTS: ServerEvent[] = [
  { event: "snapshot", data: '{"a":1}' },
  { event: "heartbeat", data: "one\ntwo" },
  { event: "message", data: "no space" },
  { event: "snapshot", data: " two spaces\n" },
];

test("a stream is read as the standard says", () => {
  expect(new EventParser().push(STREAM)).toEqual(EVENTS);
});

test("wherever the network cuts it", () => {
  for (let size = 1; size < 40; size++) {
    const parser = new EventParser();
    const events: ServerEvent[] = [];
    for (let at = 0; at < STREAM.length; at += size)
      events.push(...parser.push(STREAM.slice(at, at + size)), ...parser.push(""));

    expect(events, `chunks of ${size}`).toEqual(EVENTS);
  }
});
