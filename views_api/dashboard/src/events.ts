// Server-sent events, read from a fetch body: EventSource cannot send the bearer token. Pure; follows the parsing rules of
// the HTML standard, so that a chunk may end anywhere. Ids are left aside: an event's revision is in its data.

export interface ServerEvent {
  event: string;
  data: string;
}

export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #started = false;
  #afterReturn = false;

  /** The events that are complete with this chunk. */
  push(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    for (const line of this.#lines(chunk)) {
      const event = this.#read(line);
      if (event !== null) events.push(event);
    }
    return events;
  }

  #lines(chunk: string): string[] {
    let text = chunk;
    if (!this.#started && text !== "") {
      this.#started = true;
      text = text.replace(/^\uFEFF/, "");
    }
    // A line may end in \r\n; when the chunk was cut between the two, the \n is the rest of a line end that was already seen.
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1);
    if (chunk !== "") this.#afterReturn = chunk.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  #read(line: string): ServerEvent | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    return null;
  }

  #dispatch(): ServerEvent | null {
    const [event, data] = [this.#event, this.#data];
    this.#event = "";
    this.#data = [];
    return data.length === 0 ? null : { event: event || "message", data: data.join("\n") };
  }
}
