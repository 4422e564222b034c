const A = () => <p>{comment.text}</p>;
const B = () => <div dangerouslySetInnerHTML={{ __html: "<b>fixed</b>" }} />;
const C = () => <div dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(text) }} />;
const D = () => <style dangerouslySetInnerHTML={{ __html: STYLE }} />;
