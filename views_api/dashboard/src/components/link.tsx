import type { ComponentChildren } from "preact";
import { type Address, format } from "../address.ts";
import { go } from "../navigation.ts";

interface LinkProps {
  to: Address;
  class?: string;
  current?: boolean;
  title?: string;
  onFollow?: () => void;
  children: ComponentChildren;
}

/** A link within the page. With a modifier key the browser opens it as any other, in a tab of its own. */
export function Link({ to, current = false, onFollow, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
    onFollow?.();
  };
  return (
    <a href={format(to)} aria-current={current ? "page" : undefined} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
