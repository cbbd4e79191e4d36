const PATHS = {
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.5 10.5l3 3",
  system: "M2.5 3h11v7.5h-11ZM6 13.5h4M8 10.5v3",
  light:
    "M8 5.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4ZM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  dark: "M13 9.7A5.5 5.5 0 0 1 6.3 3 5.5 5.5 0 1 0 13 9.7Z",
  help: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.3 6.2a1.8 1.8 0 1 1 2.5 1.9c-.5.2-.8.6-.8 1.2M8 11.4v.1",
  info: "M8 2.3a5.7 5.7 0 1 0 0 11.4A5.7 5.7 0 0 0 8 2.3ZM8 7.3v3.4M8 5.2v.1",
  table:
    "M3.7 3h8.6c.8 0 1.5.7 1.5 1.5v7c0 .8-.7 1.5-1.5 1.5H3.7c-.8 0-1.5-.7-1.5-1.5v-7C2.2 3.7 2.9 3 3.7 3ZM2.2 6.5h11.6M6.5 6.5V13",
  chart: "M2.5 13.2h11M4.5 10.6V7M8 10.6V3.5M11.5 10.6V8.5",
  left: "M9.8 3.5 5.3 8l4.5 4.5",
  right: "M6.2 3.5 10.7 8l-4.5 4.5",
  caret: "m4.5 6.2 3.5 3.5 3.5-3.5",
  close: "m4 4 8 8M12 4l-8 8",
  calendar:
    "M3.7 3.2h8.6c.8 0 1.5.7 1.5 1.5V12c0 .8-.7 1.5-1.5 1.5H3.7c-.8 0-1.5-.7-1.5-1.5V4.7c0-.8.7-1.5 1.5-1.5ZM2.2 6.5h11.6M5.3 1.8v2.6M10.7 1.8v2.6",
  warning: "M8 2.4 14.2 13H1.8L8 2.4ZM8 6.5v3M8 11.3v.1",
  cloud: "M4.7 12.5a2.7 2.7 0 0 1-.3-5.4 3.8 3.8 0 0 1 7.3.7 2.4 2.4 0 0 1 0 4.7H4.7ZM2.5 2.5l11 11",
  lock: "M4.5 7h7c.7 0 1.3.6 1.3 1.3v3.9c0 .7-.6 1.3-1.3 1.3h-7c-.7 0-1.3-.6-1.3-1.3V8.3C3.2 7.6 3.8 7 4.5 7ZM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2",
  leave: "M6.5 2.8H4.3c-.8 0-1.5.7-1.5 1.5v7.4c0 .8.7 1.5 1.5 1.5h2.2M6.3 8h7M10.7 5.2 13.5 8l-2.8 2.8",
  bars: "M3 3h10M4.7 6.5h6.6M6.3 10h3.4M7.3 13.4h1.4",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.7V8l2.2 1.5",
};

export type IconName = keyof typeof PATHS;

/** One stroke, 16 px, in the colour of the text. Says nothing to a screen reader: the word beside it does. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" aria-hidden="true">
      <rect width="20" height="20" rx="5" />
      <path d="M5 6h10M6.8 10h6.4M8.6 14h2.8" />
    </svg>
  );
}
