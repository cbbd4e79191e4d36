import { useLayoutEffect, useRef } from "preact/hooks";

interface FigureProps {
  /** What the text stands for: the wash runs when this changes, not when the language does. */
  value: number | null;
  text: string;
}

/** A number that was changed by an event gets the accent wash for 900 ms; nothing else moves. The first number is no change. */
export function Figure({ value, text }: FigureProps) {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  useLayoutEffect(() => {
    const span = element.current;
    const isChange = before.current !== null && before.current !== value;
    before.current = value;
    if (span === null || !isChange) return;
    span.classList.remove("changed");
    void span.offsetWidth; // the browser has to see it gone, else the animation does not start again
    span.classList.add("changed");
  }, [value]);
  return (
    <span class="figure" ref={element}>
      {text}
    </span>
  );
}
