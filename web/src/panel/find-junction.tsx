import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MapDocument } from '../../../src/server/wire.ts';
import { usePage } from '../store.ts';

/** The way to a junction by keyboard: type its id. */
export function FindJunction({ map }: { readonly map: MapDocument }) {
  const { t } = useTranslation();
  const list = useId();
  const [typed, setTyped] = useState('');
  const ids = useMemo(() => map.junctions.filter(({ signal }) => signal >= 0).map(({ id }) => id), [map]);
  return (
    <form
      className="find"
      onSubmit={(event) => {
        event.preventDefault();
        const found =
          ids.find((id) => id === typed) ?? ids.find((id) => id.toLowerCase().includes(typed.toLowerCase()));
        if (typed !== '' && found !== undefined) {
          usePage.setState({ junction: found, goTo: found });
          setTyped('');
        }
      }}
    >
      <input
        type="search"
        list={list}
        value={typed}
        placeholder={t('junction.find')}
        aria-label={t('junction.find')}
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={list}>
        {ids.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </form>
  );
}
