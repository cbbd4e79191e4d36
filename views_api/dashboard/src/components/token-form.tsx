import { useEffect, useRef } from "preact/hooks";
import { words } from "../preferences.ts";
import { acceptToken, refused } from "../session.ts";
import { Logo } from "./icon.tsx";

/** Asks for the token when the address brought none, or when the API refused it. */
export function TokenForm() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const text = words.value.token;
  const enter = (event: Event) => {
    event.preventDefault();
    acceptToken(input.current?.value ?? "");
  };
  return (
    <main class="token-page" id="main">
      <form class="card token-card" onSubmit={enter}>
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
        {refused.value && (
          <p class="bad" role="alert">
            {text.refused}
          </p>
        )}
        <button type="submit" class="button primary">
          {text.enter}
        </button>
      </form>
    </main>
  );
}
