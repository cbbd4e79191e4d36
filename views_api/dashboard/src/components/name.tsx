import { plain } from "../names.ts";

/** Text that others wrote. It is only ever a text node, and whatever direction it is written in, it stays inside its own box. */
export function Name({ text }: { text: string }) {
  return <bdi>{plain(text)}</bdi>;
}
