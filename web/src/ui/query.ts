// What stands behind the question mark of the address, so that what is shown can be linked.
import { useCallback } from 'react';
import { useSearch } from 'wouter';

// A value takes the place of all of its name; null takes them away.
type Change = (changes: Record<string, string | string[] | null>) => void;

export function useQuery(): [URLSearchParams, Change] {
  const search = useSearch();
  const change = useCallback<Change>((changes) => {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      query.delete(name);
      for (const each of value === null ? [] : [value].flat()) query.append(name, each);
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
