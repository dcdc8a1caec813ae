/** The sign of Urbane. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <path d="M9 5v11a7 7 0 0 0 14 0V5" fill="none" stroke="currentColor" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="16" cy="27" r="2.1" fill="#f2a541" />
    </svg>
  );
}
