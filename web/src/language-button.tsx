import { useTranslation } from 'react-i18next';
import { setLanguage } from './words/words.ts';

/** Changes the page's language to the other one. */
export function LanguageButton() {
  const { t, i18n } = useTranslation();
  return (
    <button
      type="button"
      className="quiet"
      aria-label={t('language.label')}
      onClick={() => setLanguage(i18n.language === 'zh' ? 'en' : 'zh')}
    >
      {t('language.other')}
    </button>
  );
}
