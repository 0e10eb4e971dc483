# The room agent: its actions are commands. This file works on a node of the original as
# it stands; a file of such declarations alone needs no Ruby here.
module MCollective
  module Agent
    class Room < RPC::Agent
      action "free" do
        implemented_by "free.sh"
      end
      action "largest" do
        implemented_by "largest.sh"
      end
    end
  end
end
