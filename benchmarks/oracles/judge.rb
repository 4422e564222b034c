# What Ruby makes of each text on standard input: a line of JSON with its instructions, without lines and local names.
#
# Read: one JSON string a line. Written: one JSON string a line, `error …` where the text is no program.
require "digest"
require "json"

$VERBOSE = nil
answers = $stdout.dup
$stdout.reopen(File::NULL) # where Ruby itself tells of what it fails to compile

# The instructions without what only a reader of the source sees; names of locals become numbers, those of parameters stay.
def plain(part)
  return part unless part.is_a?(Array)
  return method_like(part) if part.first == "YARVInstructionSequence/SimpleDataFormat"

  part.map { |inner| plain(inner) }
end

def method_like(sequence)
  *, name, _path, _absolute, _line, kind, locals, parameters, catches, code = sequence
  steps = code.reject { |step| step.is_a?(Integer) || step.to_s.start_with?("RUBY_EVENT") }
  [name, kind, locals.size, plain(parameters), plain(catches), steps.map { |step| plain(step) }]
end

$stdin.each_line do |line|
  text = JSON.parse(line).gsub("__LINE__", "00000000") # which says how the text is laid out
  made = begin
    # without the optimizer of jumps, which looks at where lines begin
    compiled = RubyVM::InstructionSequence.compile(text, nil, nil, 1, peephole_optimization: false)
    plain(compiled.to_a).inspect.gsub(/label_\d+/) { |label| (@labels ||= {})[label] ||= "l#{@labels.size}" }
  rescue SyntaxError, ArgumentError, EncodingError => wrong
    "error #{wrong.class}"
  end
  @labels = {}
  answers.puts JSON.generate(made.start_with?("error") ? made : Digest::SHA256.hexdigest(made))
end
