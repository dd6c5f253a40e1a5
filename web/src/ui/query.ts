// What stands behind the question mark of the address, so that what is shown can be linked.
import { useCallback } from 'react';
import { useSearch } from 'wouter';

export function useQuery(): [URLSearchParams, (changes: Record<string, string | null>) => void] {
  const search = useSearch();
  const change = useCallback((changes: Record<string, string | null>) => {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    window.history.replaceState(
      window.history.state,
      '',
      window.location.pathname + (text ? `?${text}` : ''),
    );
  }, []);
  return [new URLSearchParams(search), change];
}
