import { useEffect, useState } from 'react';

export interface Fetched<T> {
  readonly value: T | null;
  /** The server's sentence, or why there is no answer. */
  readonly failure: string | null;
}

/** A document of the server, asked for again every `everyMs` (null: once). The last one stays while the next is under way. */
export function useDocument<T>(address: string | null, everyMs: number | null): Fetched<T> {
  const [answer, setAnswer] = useState<Fetched<T> & { readonly address: string | null }>({
    address: null,
    value: null,
    failure: null,
  });
  useEffect(() => {
    if (address === null) return;
    const stop = new AbortController();
    const ask = (): void => {
      fetchDocument<T>(address, stop.signal)
        .then((value) => setAnswer({ address, value, failure: null }))
        .catch((error: unknown) => {
          if (stop.signal.aborted) return;
          const failure = error instanceof Error ? error.message : String(error);
          setAnswer((last) => ({ address, value: last.address === address ? last.value : null, failure }));
        });
    };
    ask();
    const timer = everyMs === null ? undefined : setInterval(ask, everyMs);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [address, everyMs]);
  return answer;
}

async function fetchDocument<T>(address: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(address, { signal });
  const document: unknown = await response.json();
  if (response.ok) return document as T;
  const { error, remedy } = document as { error: string; remedy: string };
  throw new Error(`${error} ${remedy}`);
}
