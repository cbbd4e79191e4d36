import type { ComponentChildren } from "preact";
import { CAMPAIGNS } from "../address.ts";
import { address } from "../navigation.ts";
import { language, nextLanguage, nextTheme, theme, words } from "../preferences.ts";
import { leave } from "../session.ts";
import { Find } from "./find.tsx";
import { Help, helpOpen } from "./help.tsx";
import { Icon, Logo } from "./icon.tsx";
import { Link } from "./link.tsx";
import { Announcer, LiveBadge } from "./live-badge.tsx";
import { Tip } from "./tip.tsx";

/** The frame that all pages share: the bar on top, what floats, and what is only heard. */
export function Shell({ children }: { children: ComponentChildren }) {
  const text = words.value;
  return (
    <>
      <a class="skip" href="#main">
        {text.skip}
      </a>
      <header class="top">
        <Link class="brand" to={CAMPAIGNS} title={text.product}>
          <Logo />
          <span>{text.product}</span>
        </Link>
        <nav aria-label={text.mainNavigation}>
          <Link to={CAMPAIGNS} current={address.value.page !== "unknown"}>
            {text.campaigns}
          </Link>
        </nav>
        <span class="grow" />
        <Find />
        <LiveBadge />
        <button
          type="button"
          class="icon-button as-text"
          aria-label={`${language.value.toUpperCase()}: ${text.otherLanguage}`}
          title={text.otherLanguage}
          onClick={nextLanguage}
        >
          {language.value.toUpperCase()}
        </button>
        <IconButton icon={theme.value} label={text.themes[theme.value]} onClick={nextTheme} />
        <IconButton
          icon="help"
          extra="of-keys"
          label={text.help}
          onClick={() => {
            helpOpen.value = true;
          }}
        />
        <IconButton icon="leave" label={text.token.leave} onClick={leave} />
      </header>
      <main id="main" class="page">
        {children}
      </main>
      <Help />
      <Tip />
      <Announcer />
    </>
  );
}

interface IconButtonProps {
  extra?: string;
  icon: "help" | "leave" | "light" | "dark" | "system";
  label: string;
  onClick: () => unknown;
}

function IconButton({ extra = "", icon, label, onClick }: IconButtonProps) {
  return (
    <button type="button" class={`icon-button ${extra}`} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
