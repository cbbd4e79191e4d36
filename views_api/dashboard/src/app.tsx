import { useEffect, useRef } from "preact/hooks";
import { CAMPAIGNS } from "./address.ts";
import { Empty } from "./components/empty.tsx";
import { Shell } from "./components/shell.tsx";
import { TokenForm } from "./components/token-form.tsx";
import { address, go } from "./navigation.ts";
import { CampaignsPage } from "./pages/campaigns.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { words } from "./preferences.ts";
import { signedIn, visit } from "./session.ts";

export function App() {
  if (signedIn.value === null) return null;
  return signedIn.value ? (
    <Shell key={visit.value}>
      <Page />
    </Shell>
  ) : (
    <TokenForm />
  );
}

function Page() {
  const at = address.value;
  useFocusOnNewPage(at.page === "overview" ? at.id : at.page);
  switch (at.page) {
    case "campaigns":
      return <CampaignsPage at={at} />;
    case "overview":
      return <OverviewPage key={at.id} at={at} />;
    default:
      return <NoPage />;
  }
}

function NoPage() {
  const text = words.value.problems;
  return (
    <div class="grid">
      <div class="card">
        <Empty icon="bars" title={text.noPage} action={{ text: text.toCampaigns, run: () => go(CAMPAIGNS) }} />
      </div>
    </div>
  );
}

/** A new page starts at its title, for those who do not see that everything below the bar has changed. */
function useFocusOnNewPage(page: string): void {
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [page]);
}
