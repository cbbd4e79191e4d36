import { useEffect, useRef } from "preact/hooks";
import { words } from "../preferences.ts";
import { ended, enter } from "../session.ts";
import { Logo } from "./icon.tsx";

/** Asks for the token when neither the address nor an earlier visit brought a good one. */
export function TokenForm() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const text = words.value.token;
  const submit = (event: Event) => {
    event.preventDefault();
    enter(input.current?.value ?? "");
  };
  return (
    <main class="token-page" id="main">
      <form class="card token-card" onSubmit={submit}>
        <p class="brand">
          <Logo />
          <span>{words.value.product}</span>
        </p>
        <h1>{text.title}</h1>
        <p class="quiet">{text.why}</p>
        <label>
          <span>{text.label}</span>
          <input ref={input} class="input mono" type="password" autocomplete="off" spellcheck={false} required />
        </label>
        {ended.value !== null && (
          <p class="bad" role="alert">
            {text[ended.value]}
          </p>
        )}
        <button type="submit" class="button primary">
          {text.enter}
        </button>
      </form>
    </main>
  );
}
