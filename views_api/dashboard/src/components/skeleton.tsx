// The shape of what will come. It becomes visible after 200 ms, so that a quick answer does not flicker.

const TILES = Array.from({ length: 12 }, (_, index) => index);
const BARS = [92, 74, 58, 45, 33, 21];
const ROWS = Array.from({ length: 10 }, (_, index) => index);

export function OverviewSkeleton() {
  return (
    <div class="grid" aria-busy="true">
      <div class="tiles">
        {TILES.map((index) => (
          <div class={index < 6 ? "tile" : "tile second"} key={index}>
            <span class="skeleton-line short" />
            <span class="skeleton-line tall" />
            <span class="skeleton-line" />
          </div>
        ))}
      </div>
      <CardSkeleton span="seven" />
      <CardSkeleton span="five" />
    </div>
  );
}

function CardSkeleton({ span }: { span: string }) {
  return (
    <div class={`card skeleton-card ${span}`}>
      <span class="skeleton-line short" />
      {BARS.map((width) => (
        <span class="skeleton-line thick" key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

export function RowsSkeleton() {
  return (
    <div class="skeleton-card" aria-busy="true">
      {ROWS.map((index) => (
        <span class="skeleton-row" key={index}>
          <span class="skeleton-line wide" />
          <span class="skeleton-line short" />
          <span class="skeleton-line short" />
        </span>
      ))}
    </div>
  );
}
