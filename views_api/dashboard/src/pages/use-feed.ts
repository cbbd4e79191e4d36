import { useEffect, useMemo } from "preact/hooks";
import type { Stamped } from "../contract.ts";
import { currentFeed, Feed, type Source } from "../feed.ts";

/** The feed of a page: runs while the page shows this source, and is what the live badge speaks of. */
export function useFeed<T extends Stamped>(source: Source): Feed<T> {
  const feed = useMemo(() => new Feed<T>(source), [source.view]);
  useEffect(() => {
    currentFeed.value = feed;
    feed.start();
    return () => {
      feed.stop();
      if (currentFeed.peek() === feed) currentFeed.value = null;
    };
  }, [feed]);
  return feed;
}
