# Reads lines of base64, each a Ruby method; writes, for each, the instructions that Ruby compiles it to, without lines,
# places and the names of locals, in base64. A line is empty where Ruby refuses the text.
def bare(said)
  case said
  when Array
    return said.map { |each| bare(each) } unless said[0].is_a?(String) && said[0].start_with?("YARV")
    body = said[13].reject { |each| each.is_a?(Integer) || each.to_s.start_with?("RUBY_EVENT") }
    [said[4][:arg_size], said[4][:local_size], said[5], said[9], bare(said[11]), bare(said[12]), bare(body)]
  when Hash then said.map { |key, value| [key, bare(value)] }
  else said
  end
end

$stderr = File.open(File::NULL, "w")
while (line = $stdin.gets)
  text = line.unpack1("m").force_encoding("UTF-8")
  begin
    said = bare(RubyVM::InstructionSequence.compile(text).to_a).inspect
  rescue SyntaxError, ArgumentError, EncodingError
    said = ""
  end
  puts [said].pack("m0")
end
