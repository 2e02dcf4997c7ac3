// Sets the chosen theme before the first paint; without a choice the system's
// is followed. A classic script, because modules run after parsing.
(() => {
  try {
    const theme = localStorage.getItem('rtmauth.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem('rtmauth.language');
    const chinese = language ? language === 'zh' : navigator.language.toLowerCase().startsWith('zh');
    document.documentElement.lang = chinese ? 'zh-CN' : 'en';
  } catch {
    // Storage is switched off: follow the system.
  }
})();
